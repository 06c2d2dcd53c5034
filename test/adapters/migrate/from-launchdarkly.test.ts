import { fromLaunchDarkly } from "rollease/migrate";
import { testImporter } from "./imports";
import { testVectors } from "./vector-cases";

testVectors("launchdarkly", fromLaunchDarkly);
testVectors("golden", fromLaunchDarkly);
testImporter(fromLaunchDarkly, ["launchdarkly", "golden"]);
