import { fromGrowthBook } from "rollease/migrate";
import { testImporter } from "./imports";
import { testVectors } from "./vector-cases";

testVectors("growthbook", fromGrowthBook);
testVectors("golden", fromGrowthBook);
testImporter(fromGrowthBook, ["growthbook", "golden"]);
