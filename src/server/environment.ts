import type { Flag } from "../model/flag";

/** Whether a flag lives in an environment. One that names none lives in all. */
export function livesIn(flag: Pick<Flag, "environment" | "environments">, environment: string | undefined): boolean {
  if (environment === undefined) return true;
  if (flag.environments !== undefined) return flag.environments.includes(environment);
  return flag.environment === undefined || flag.environment === environment;
}
