interface Request {
  readonly name: string;
  readonly run: () => void;
}

/**
 * The part of `navigator.locks` that rollease uses: exclusive locks, granted in order, requests that can be withdrawn, and
 * such as take the lock from whoever has it.
 */
export interface TestLockManager {
  request<T>(name: string, options: { signal?: AbortSignal; steal?: boolean }, callback: () => Promise<T> | T): Promise<T>;
  /** Names that are held, and how many wait. */
  query(): { held: string[]; pending: number };
}

export function createLockManager(): TestLockManager {
  /** Who holds what, and what tells them that it was stolen. */
  const held = new Map<string, (reason: Error) => void>();
  const queue: Request[] = [];
  function grant(): void {
    for (const request of [...queue]) {
      if (held.has(request.name)) continue;
      queue.splice(queue.indexOf(request), 1);
      request.run();
    }
  }
  return {
    request: (name, { signal, steal }, callback) =>
      new Promise((resolve, reject) => {
        if (signal && steal) return reject(new DOMException("not both", "NotSupportedError"));
        if (signal?.aborted) return reject(signal.reason as Error);
        const withdraw = (): void => {
          queue.splice(queue.indexOf(request), 1);
          reject(signal?.reason as Error);
        };
        const request: Request = {
          name,
          run() {
            held.set(name, reject);
            // As in browsers: once granted, the signal does not concern the lock any more.
            signal?.removeEventListener("abort", withdraw);
            Promise.resolve()
              .then(callback)
              .then(resolve, reject)
              .finally(() => {
                if (held.get(name) === reject) held.delete(name);
                grant();
              });
          },
        };
        signal?.addEventListener("abort", withdraw, { once: true });
        if (steal) {
          held.get(name)?.(new DOMException("stolen", "AbortError"));
          held.delete(name);
          queue.unshift(request);
        } else queue.push(request);
        queueMicrotask(grant);
      }),
    query: () => ({ held: [...held.keys()], pending: queue.length }),
  };
}
