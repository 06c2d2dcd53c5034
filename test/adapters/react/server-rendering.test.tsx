// @vitest-environment jsdom
import type { ReactElement } from "react";
import { act, cleanup } from "@testing-library/react";
import { hydrateRoot } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { afterEach, describe, expect, it, vi } from "vitest";
import { FeatureGate, RolleaseProvider, useFlag, useFlags, useRolleaseStore, useVariant } from "../../../adapters/react/index";
import { createFakeClient } from "./fake-client";
import type { FlagResult } from "../../../src/model/result";

afterEach(cleanup);

const evaluated: FlagResult = {
  key: "price",
  value: 12,
  variant: "b",
  enabled: true,
  reason: "weighted_random",
  ruleId: null,
  evaluatedAt: new Date("2026-01-01T00:00:00Z"),
};

function Page(): ReactElement {
  const price = useVariant<number>("price");
  return (
    <p>
      {useFlag("theme", "plain").value} {price.key} {price.value} {useRolleaseStore(({ status }) => status?.phase ?? "unknown")}{" "}
      <FeatureGate flag="gate">open</FeatureGate>
    </p>
  );
}

/** Hydrates `html` in place and answers every mismatch that React reports. */
async function hydrate(html: string, page: ReactElement): Promise<{ text: string | null; mismatches: unknown[] }> {
  const container = document.createElement("div");
  container.innerHTML = html;
  const mismatches: unknown[] = [];
  await act(() => Promise.resolve(hydrateRoot(container, page, { onRecoverableError: (error) => mismatches.push(error) })));
  return { text: container.textContent, mismatches };
}

describe("server rendering", () => {
  it("renders initial flags, given as values and as results that went through JSON", () => {
    const initialFlags = JSON.parse(JSON.stringify({ theme: "tide", gate: true, price: evaluated })) as Record<string, unknown>;
    const html = renderToString(
      <RolleaseProvider initialFlags={initialFlags}>
        <Page />
      </RolleaseProvider>,
    );
    const text = html.replace(/<[^>]*>/g, "");
    expect(text).toBe("tide b 12 unknown open");
  });

  it("reads a date that went through JSON as a date again", () => {
    const seen: FlagResult[] = [];
    const Read = (): null => {
      seen.push(useFlag("price"));
      return null;
    };
    renderToString(
      <RolleaseProvider initialFlags={JSON.parse(JSON.stringify({ price: evaluated })) as Record<string, unknown>}>
        <Read />
      </RolleaseProvider>,
    );
    expect(seen).toEqual([evaluated]);
  });

  it("takes a json value that looks a little like a result for the value that it is", () => {
    const value = { key: "other", value: 1, reason: "because" };
    const Read = (): string => JSON.stringify(useFlags());
    const html = renderToString(
      <RolleaseProvider initialFlags={{ promo: value }}>
        <Read />
      </RolleaseProvider>,
    );
    expect(html).toContain("because");
    expect(html).toContain("promo");
  });

  it("counts no impression on a server", () => {
    const client = createFakeClient({ theme: "tide" });
    renderToString(
      <RolleaseProvider client={client}>
        <Page />
      </RolleaseProvider>,
    );
    expect(client.recorded).toEqual([]);
    expect(client.listeners()).toBe(0);
  });

  it("agrees with the first render in the browser, and then shows what the client holds", async () => {
    const mismatch = vi.spyOn(console, "error");
    const initialFlags = { theme: "server", gate: true };
    const html = renderToString(
      <RolleaseProvider initialFlags={initialFlags}>
        <Page />
      </RolleaseProvider>,
    );
    const client = createFakeClient({ theme: "browser", gate: false });
    const { text, mismatches } = await hydrate(
      html,
      <RolleaseProvider client={client} initialFlags={initialFlags}>
        <Page />
      </RolleaseProvider>,
    );
    expect(mismatches).toEqual([]);
    expect(mismatch).not.toHaveBeenCalled();
    expect(text).toBe("browser   live ");
    mismatch.mockRestore();
  });
});
