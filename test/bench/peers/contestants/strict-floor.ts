import { floorOf } from "../../floor";
import { floorContestant } from "../floor-contestant";

export const contestant = floorContestant(floorOf);
