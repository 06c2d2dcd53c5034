import { createRolleaseClient } from "rollease/client";
import type { LocalStore } from "../../../../src/ports/local-store";

type Method = Exclude<keyof LocalStore, "kind" | "sharedAs">;
export type Outcome = { readonly value: unknown } | { readonly code: unknown; readonly message: string };

/** What a page offers to the test in Node that has opened it. */
export interface StoresPage {
  /** Answers what the store is shared as. */
  open(id: string, name: string): Promise<string | undefined>;
  /** Reports what the store of that name holds to `/report`, and has a client keep itself current in it from then on. */
  follow(name: string): Promise<void>;
  call(id: string, method: Method, args: readonly unknown[]): Promise<Outcome>;
}

/** Lets a test in Node use stores of this page. */
export function serveStores(create: (name: string) => LocalStore | Promise<LocalStore>): void {
  const stores = new Map<string, LocalStore>();
  const storesPage: StoresPage = {
    async open(id, name) {
      const store = await create(name);
      stores.set(id, store);
      return store.sharedAs;
    },
    async follow(name) {
      const store = await create(name);
      const { ruleset } = await store.load();
      await fetch("/report", { method: "POST", body: JSON.stringify(ruleset ?? null) });
      createRolleaseClient({ baseUrl: "/api/rollease", store, streaming: true });
    },
    async call(id, method, args) {
      const store = stores.get(id);
      if (!store) throw new Error(`No store was opened as ${id}.`);
      try {
        return { value: await (store[method] as (...all: readonly unknown[]) => Promise<unknown>)(...args) };
      } catch (error) {
        const { code, message } = error as Error & { readonly code?: unknown };
        return { code, message };
      }
    },
  };
  Object.assign(globalThis, { storesPage });
}
