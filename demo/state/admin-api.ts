import type { Flag, FlagPatch, Rule } from "rollease";
import { cuttableFetch } from "./network-switch";

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await cuttableFetch(`/api/rollease/admin${path}`, {
    method,
    headers: { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as unknown;
  if (!response.ok) throw new Error((answer as { error?: string }).error ?? `The server answered ${response.status}.`);
  return answer as T;
}

const pathOf = (key: string): string => `/flags/${encodeURIComponent(key)}`;

export const admin = {
  list: () => call<{ readonly flags: readonly Flag[] }>("GET", "/flags").then(({ flags }) => flags),
  update: (key: string, patch: FlagPatch) => call<unknown>("PATCH", pathOf(key), patch),
  updateRule: (key: string, id: string, patch: Partial<Omit<Rule, "id">>) =>
    call<unknown>("PATCH", `${pathOf(key)}/rules/${encodeURIComponent(id)}`, patch),
  kill: (key: string) => call<unknown>("POST", `${pathOf(key)}/kill`, {}),
  restore: (key: string) => call<unknown>("POST", `${pathOf(key)}/restore`, {}),
};
