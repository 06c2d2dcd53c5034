import { fromFlagd } from "rollease/migrate";
import { testImporter } from "./imports";
import { testVectors } from "./vector-cases";

testVectors("golden", fromFlagd);
// A rule of JsonLogic becomes many: each run takes long.
testImporter(fromFlagd, ["golden"], 200);
