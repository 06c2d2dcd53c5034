import type { ProviderEventHandler, ProviderEvents } from "./types";

/** An emitter as the SDKs of OpenFeature bring one, without needing one of them. */
export function createProviderEvents(): ProviderEvents {
  /** Replaced, never changed. */
  const handlers = new Map<string, ProviderEventHandler[]>();
  let logger: Parameters<ProviderEvents["setLogger"]>[0] = console;
  const handlersOf = (event: string): ProviderEventHandler[] => handlers.get(event) ?? [];
  const report = (error: unknown): void => logger.error("A handler of rollease's events failed.", error);
  const events: ProviderEvents = {
    emit(event, details) {
      for (const handler of handlersOf(event)) {
        try {
          Promise.resolve(handler(details)).catch(report);
        } catch (error) {
          report(error);
        }
      }
    },
    addHandler: (event, handler) => void handlers.set(event, [...handlersOf(event), handler as ProviderEventHandler]),
    removeHandler: (event, handler) =>
      void handlers.set(
        event,
        handlersOf(event).filter((each) => each !== handler),
      ),
    removeAllHandlers(event) {
      if (event === undefined) handlers.clear();
      else handlers.delete(event);
    },
    getHandlers: handlersOf,
    setLogger(given) {
      logger = given;
      return events;
    },
  };
  return events;
}
