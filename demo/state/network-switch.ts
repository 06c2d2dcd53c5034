import { create } from "zustand";

/** Whether this tab's line is cut. */
export const useNetwork = create<{ readonly cut: boolean }>(() => ({ cut: false }));

let line = new AbortController();

/** `fetch` over a line that can be cut: what is open then breaks off, and what follows fails at once. */
export const cuttableFetch: typeof fetch = (input, init) => {
  if (useNetwork.getState().cut) return Promise.reject(new TypeError("The network is cut."));
  const signal = init?.signal ? AbortSignal.any([init.signal, line.signal]) : line.signal;
  return fetch(input, { ...init, signal });
};

export function cutNetwork(): void {
  useNetwork.setState({ cut: true });
  line.abort(new TypeError("The network is cut."));
}

export function restoreNetwork(): void {
  line = new AbortController();
  useNetwork.setState({ cut: false });
  // What a browser says when its network is back.
  window.dispatchEvent(new Event("online"));
}
