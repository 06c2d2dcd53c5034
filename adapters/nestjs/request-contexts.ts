import { AsyncLocalStorage } from "node:async_hooks";
import { ValidationError } from "../../src/errors";
import type { FlagContext } from "../../src/model/context";
import type { FeatureFlagContext, FeatureFlagRequest, FeatureFlagSettings } from "./options";

/** Knows the request that is being answered, and whom it is for. */
export interface RequestContexts {
  /** Runs `work`, and what follows from it, as part of answering the request. */
  run<T>(request: FeatureFlagRequest, work: () => T): T;
  /** Says that the request that is being answered is known as another object from here on. */
  rename(request: FeatureFlagRequest): void;
  /** The context that was given, or that of the request. @throws ValidationError that names what cannot be asked for */
  contextOf(given: FeatureFlagContext | undefined): Promise<FlagContext & { readonly environment: string }>;
}

export function createRequestContexts({ environment, contextFromRequest }: FeatureFlagSettings): RequestContexts {
  const storage = new AsyncLocalStorage<{ request: FeatureFlagRequest }>();
  return {
    run: (request, work) => storage.run({ request }, work),
    rename(request) {
      const answered = storage.getStore();
      if (answered) answered.request = request;
    },
    async contextOf(given) {
      const request = given === undefined ? storage.getStore()?.request : undefined;
      return toContext(request ? await contextFromRequest?.(request) : given, environment);
    },
  };
}

/** Nobody is no user, and neither is one without a name. */
function toContext(given: unknown, environment: string): FlagContext & { readonly environment: string } {
  if (given === undefined || given === null) return { environment };
  if (typeof given !== "object") throw new ValidationError([{ path: "context", message: "must be an object" }]);
  const { userId, tenantId, ...rest } = given as Readonly<Record<string, unknown>>;
  return { ...rest, ...unit("userId", userId), ...unit("tenantId", tenantId), environment };
}

function unit(name: "userId" | "tenantId", id: unknown): Partial<Record<"userId" | "tenantId", string>> {
  if (id === undefined || id === null || id === "") return {};
  // A number would be bucketed, but match no override.
  if (typeof id !== "string") throw new ValidationError([{ path: name, message: "must be text" }]);
  return { [name]: id };
}
