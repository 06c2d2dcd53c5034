import type { ModuleRef } from "@nestjs/core";
import { ConfigurationError } from "../../src/errors";
import type { FeatureFlagSettings } from "./options";

/** What is needed of the app's `EventEmitter2`. */
export interface Emitter {
  emit(event: string, payload: object): boolean;
}

/**
 * The `EventEmitter2` that Nest manages, so that every `@OnEvent` of the app hears it; `undefined` where nothing is to be told.
 *
 * @throws ConfigurationError that says what is missing
 */
export async function findEmitter({ emitEvents }: FeatureFlagSettings, modules: ModuleRef): Promise<Emitter | undefined> {
  if (!emitEvents) return undefined;
  const { EventEmitter2 } = await import("@nestjs/event-emitter").catch((cause: unknown) => {
    throw new ConfigurationError(
      "emitEvents: needs the package @nestjs/event-emitter; run npm install @nestjs/event-emitter, and import EventEmitterModule.forRoot() in the app's module.",
      { cause },
    );
  });
  try {
    return modules.get<Emitter>(EventEmitter2, { strict: false });
  } catch (cause) {
    throw new ConfigurationError(
      "emitEvents: needs EventEmitterModule.forRoot() of @nestjs/event-emitter among the imports of the app's module.",
      { cause },
    );
  }
}
