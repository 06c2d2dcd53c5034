import { fromLaunchDarkly } from "rollease/migrate";
import { testVectors } from "./vector-cases";

testVectors("launchdarkly", fromLaunchDarkly);
testVectors("golden", fromLaunchDarkly);
