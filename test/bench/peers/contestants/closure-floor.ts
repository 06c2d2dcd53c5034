import { closureFloorOf } from "../../closure-floor";
import { floorContestant } from "../floor-contestant";

export const contestant = floorContestant(closureFloorOf);
