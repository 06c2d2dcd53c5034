import { create } from "zustand";
import { client } from "./client";

/** `away` is a server of which not even the page's own can tell: that one is gone, too. */
export type ServerState = "running" | "unplugged" | "starting" | "away";

export const useServer = create<{ readonly state: ServerState }>(() => ({ state: "running" }));

const POLL_MS = 2000;

async function ask(method: "GET" | "POST", path: string): Promise<void> {
  const response = await fetch(`/__demo/server${path}`, { method }).catch(() => undefined);
  if (!response) return useServer.setState({ state: "away" });
  const { running } = (await response.json()) as { running: boolean };
  const was = useServer.getState().state;
  useServer.setState({ state: running ? "running" : "unplugged" });
  // The client would come back by itself, but by then it asks half a minute apart, which is long to look at.
  if (running && was !== "running") {
    client
      .refetch()
      .then(() => client.flush())
      .catch(() => undefined);
  }
}

/** Ends the sync server as a power cut would. */
export const pullThePlug = (): Promise<void> => ask("POST", "/kill");

export function startServer(): Promise<void> {
  useServer.setState({ state: "starting" });
  return ask("POST", "/start");
}

/** Notices what another tab has done to the server. Answers a function that stops. */
export function watchServer(): () => void {
  const look = (): void => {
    if (useServer.getState().state !== "starting") void ask("GET", "").catch(() => undefined);
  };
  look();
  const timer = setInterval(look, POLL_MS);
  return () => clearInterval(timer);
}
