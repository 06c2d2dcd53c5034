import type { EvalReason } from "../model/result";
import { compileBucketing } from "./bucketing";
import { compileCondition } from "./conditions";
import type { CoreFlag } from "./core-flag";
import { within } from "./definition-error";
import { compileOutcome, type Serve } from "./outcome";
import { formatBucket, type CompileStep, type StepHost } from "./step";

export const compileKillSwitch: CompileStep = (flag, host) => {
  if (flag.status !== "killed") return undefined;
  return compileOff(flag, "kill_switch", host);
};

export const compileDisabled: CompileStep = (flag, host) => {
  if (flag.status !== "archived") return undefined;
  return compileOff(flag, "disabled", host);
};

export const compileDateWindow: CompileStep = ({ startsAt, endsAt, ...flag }, host) => {
  if (startsAt === undefined && endsAt === undefined) return undefined;
  const early = compileWithheld(flag, "not_scheduled", host);
  const late = compileWithheld(flag, "expired", host);
  return (s, notes) => {
    const now = s.now();
    if (startsAt !== undefined && now < startsAt) {
      notes?.push(`starts at ${new Date(startsAt).toISOString()}`);
      return early(s);
    }
    if (endsAt === undefined || now <= endsAt) return undefined;
    notes?.push(`ended at ${new Date(endsAt).toISOString()}`);
    return late(s);
  };
};

export const compilePrerequisites: CompileStep = (flag, host) => {
  if (flag.prerequisites.length === 0) return undefined;
  const off = compileOff(flag, "prerequisite_not_met", host);
  const tests = flag.prerequisites.map(({ when, label }, i) => ({
    label,
    holds: within(`prerequisites[${i}]`, () => compileCondition(when, host)),
  }));
  return (s, notes) => {
    for (const { holds, label } of tests) {
      if (holds(s)) continue;
      notes?.push(`prerequisite ${label} does not hold`);
      return off(s);
    }
    return undefined;
  };
};

export const compileExclusionLayers: CompileStep = (flag, host) => {
  if (flag.layers.length === 0) return undefined;
  const miss = compileWithheld(flag, "exclusion_group_miss", host);
  const layers = flag.layers.map(({ key, by, ranges }) => ({
    key,
    ranges,
    bucket: compileBucketing(by, "context", host.algorithms),
  }));
  return (s, notes) => {
    for (const { key, ranges, bucket } of layers) {
      const n = bucket(s);
      const inside = Number.isNaN(n) || ranges.some(([start, end]) => n >= start && n < end);
      notes?.push(
        `layer ${key}: ${formatBucket(n)} ${inside ? "in" : "not in"} ${ranges.map((range) => range.join(" to ")).join(", ")}`,
      );
      if (!inside) return miss(s);
    }
    return undefined;
  };
};

function compileOff(flag: CoreFlag, reason: EvalReason, host: StepHost): Serve {
  return within("off", () => compileOutcome(flag.off, reason, null, false, host));
}

/** Serves the default value with `enabled: false`. */
function compileWithheld(flag: Pick<CoreFlag, "fallthrough" | "fallthroughIn">, reason: EvalReason, host: StepHost): Serve {
  return compileOutcome(flag.fallthrough, reason, null, false, host);
}
