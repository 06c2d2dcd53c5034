import type { CDPSession } from "playwright-core";

/** A tab that only devtools know of: what drives browsers for tests makes its own tabs believe that they are always seen. */
export interface RawTab {
  send<T>(method: string, parameters?: object): Promise<T>;
  /** The value of an expression in the page. */
  evaluate<T>(expression: string): Promise<T>;
  /** Brings it to the front of its window. */
  activate(): Promise<void>;
  close(): Promise<void>;
}

interface Answer {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}
interface Evaluated<T> {
  readonly result: { readonly value: T };
  readonly exceptionDetails?: { readonly exception?: { readonly description?: string } };
}

/** @param browser The session of the browser itself. */
export async function openRawTab(browser: CDPSession, browserContextId: string, url: string): Promise<RawTab> {
  const { targetId } = await browser.send("Target.createTarget", { url: "about:blank", browserContextId });
  const { sessionId } = await browser.send("Target.attachToTarget", { targetId, flatten: false });
  const waiting = new Map<number, (answer: Answer) => void>();
  let count = 0;
  browser.on("Target.receivedMessageFromTarget", (event) => {
    if (event.sessionId !== sessionId) return;
    const answer = JSON.parse(event.message) as Answer;
    if (answer.id) waiting.get(answer.id)?.(answer);
  });

  async function send<T>(method: string, params: object = {}): Promise<T> {
    const id = ++count;
    const answered = new Promise<Answer>((resolve) => waiting.set(id, resolve));
    await browser.send("Target.sendMessageToTarget", { sessionId, message: JSON.stringify({ id, method, params }) });
    const { error, result } = await answered;
    waiting.delete(id);
    if (error) throw new Error(`${method}: ${error.message}`);
    return result as T;
  }

  await send("Page.enable");
  await send("Page.navigate", { url });
  return {
    send,
    async evaluate<T>(expression: string) {
      const found = await send<Evaluated<T>>("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
      if (found.exceptionDetails) throw new Error(found.exceptionDetails.exception?.description ?? "The expression failed.");
      return found.result.value;
    },
    activate: () => browser.send("Target.activateTarget", { targetId }).then(() => undefined),
    async close() {
      const closed = new Promise<void>((resolve) =>
        browser.on("Target.detachedFromTarget", (event) => {
          if (event.sessionId === sessionId) resolve();
        }),
      );
      await browser.send("Target.closeTarget", { targetId });
      await closed;
    },
  };
}
