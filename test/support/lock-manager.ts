interface Request {
  readonly name: string;
  readonly run: () => void;
}

/** The part of `navigator.locks` that rollease uses: exclusive locks, granted in order, and requests that can be withdrawn. */
export interface TestLockManager {
  request<T>(name: string, options: { signal?: AbortSignal }, callback: () => Promise<T> | T): Promise<T>;
  /** Names that are held, and how many wait. */
  query(): { held: string[]; pending: number };
}

export function createLockManager(): TestLockManager {
  const held = new Set<string>();
  const queue: Request[] = [];
  function grant(): void {
    for (const request of [...queue]) {
      if (held.has(request.name)) continue;
      held.add(request.name);
      queue.splice(queue.indexOf(request), 1);
      request.run();
    }
  }
  return {
    request: (name, { signal }, callback) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason as Error);
        const withdraw = (): void => {
          queue.splice(queue.indexOf(request), 1);
          reject(signal?.reason as Error);
        };
        const request: Request = {
          name,
          run() {
            // As in browsers: once granted, the signal does not concern the lock any more.
            signal?.removeEventListener("abort", withdraw);
            Promise.resolve()
              .then(callback)
              .then(resolve, reject)
              .finally(() => {
                held.delete(name);
                grant();
              });
          },
        };
        signal?.addEventListener("abort", withdraw, { once: true });
        queue.push(request);
        queueMicrotask(grant);
      }),
    query: () => ({ held: [...held], pending: queue.length }),
  };
}
