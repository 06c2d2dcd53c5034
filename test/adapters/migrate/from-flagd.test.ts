import { fromFlagd } from "rollease/migrate";
import { testImporter } from "./imports";
import { testVectors } from "./vector-cases";

testVectors("golden", fromFlagd);
testImporter(fromFlagd, ["golden"]);
