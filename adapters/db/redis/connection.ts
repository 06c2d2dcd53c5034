/** The part of a client that tells what becomes of its connection. */
interface Emitter {
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  off(event: string, listener: (...args: unknown[]) => void): unknown;
}

export interface Connection {
  /** Resolves when it is up; waits for the end of the first attempt, and of no later one. @throws what it failed with */
  ready(): Promise<void>;
  /** Listens no longer; whoever waits is told that it is not up. */
  forget(): void;
}

/** Follows a client's connection. Its errors are heard here, so that none of them ends the process. */
export function followConnection(client: Emitter, isReady: () => boolean): Connection {
  let failure: unknown = new Error("The client is not connected.");
  let endAttempt = (): void => undefined;
  const firstAttempt = new Promise<void>((resolve) => (endAttempt = resolve));
  const onError = (error: unknown): void => {
    failure = error;
    endAttempt();
  };
  const onReady = (): void => endAttempt();
  client.on("error", onError);
  client.on("ready", onReady);
  return {
    async ready() {
      if (isReady()) return;
      await firstAttempt;
      if (!isReady()) throw failure;
    },
    forget() {
      client.off("error", onError);
      client.off("ready", onReady);
      endAttempt();
    },
  };
}
