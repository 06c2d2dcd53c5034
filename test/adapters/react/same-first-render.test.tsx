// @vitest-environment jsdom
import type { ReactElement } from "react";
import { act, cleanup } from "@testing-library/react";
import fc from "fast-check";
import { createRoot, hydrateRoot } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { afterEach, describe, expect, it, vi } from "vitest";
import { FeatureGate, RolleaseProvider, useFlag, useVariant, type InitialFlags } from "../../../adapters/react/index";
import { createMemoryStore, createRolleaseClient, type Snapshot } from "../../../src/client/index";
import { createEvaluator } from "../../../src/create-evaluator";
import type { FlagContext } from "../../../src/model/context";
import { contexts } from "../../engine/arbitrary-contexts";
import { BASE_URL, createFakeSyncServer } from "../../support/fake-sync-server";
import { createManualClock } from "../../support/manual-clock";
import { snapshots } from "../../engine/arbitrary-rulesets";

const RULESETS = 200;

afterEach(cleanup);

function Shown({ name }: { readonly name: string }): ReactElement {
  const { value, enabled, reason } = useFlag(name, "none");
  return (
    <li>
      {JSON.stringify([value, enabled, reason, useVariant(name).key])}
      <FeatureGate flag={name} fallback="off">
        on
      </FeatureGate>
    </li>
  );
}

const pageOf = ({ flags }: Snapshot): ReactElement[] => flags.map(({ key }) => <Shown key={key} name={key} />);

/** What a server evaluated, as a page gets it. */
function evaluated(snapshot: Snapshot, context: FlagContext): InitialFlags {
  const all = createEvaluator(snapshot).evaluateAll(context);
  const evaluatedAt = new Date();
  const results = Object.values(all).map((result) => [result.key, { ...result, evaluatedAt }]);
  return JSON.parse(JSON.stringify(Object.fromEntries(results))) as InitialFlags;
}

async function hydrated(snapshot: Snapshot, context: FlagContext): Promise<void> {
  const initialFlags = evaluated(snapshot, context);
  const html = renderToString(<RolleaseProvider initialFlags={initialFlags}>{pageOf(snapshot)}</RolleaseProvider>);
  const client = createRolleaseClient({
    baseUrl: "/api/rollease",
    // Another user than the server rendered for, so that what comes after the first render may differ from it.
    context: { ...context, userId: "somebody-else" },
    bootstrap: snapshot,
    store: createMemoryStore(),
    fetch: () => Promise.reject(new TypeError("There is no network.")),
  });
  const container = document.createElement("div");
  container.innerHTML = html;
  const rendered = container.innerHTML;
  const errors: unknown[] = [];
  const renders: string[] = [];
  function Watched(): ReactElement {
    renders.push(container.innerHTML);
    return <>{pageOf(snapshot)}</>;
  }
  const root = hydrateRoot(
    container,
    <RolleaseProvider client={client} initialFlags={initialFlags}>
      <Watched />
    </RolleaseProvider>,
    { onRecoverableError: (error) => errors.push(error) },
  );
  await act(() => Promise.resolve());
  expect([renders[0], errors]).toEqual([rendered, []]);
  // Afterwards it is the client's.
  for (const [i, { key }] of snapshot.flags.entries()) {
    const result = client.flagDetails()[key];
    const shown = container.querySelectorAll("li")[i]?.textContent;
    const value = result?.value === undefined ? "none" : result.value;
    expect(shown?.startsWith(JSON.stringify([value, result?.enabled ?? false, result?.reason ?? "default"]).slice(0, -1))).toBe(
      true,
    );
  }
  await act(() => Promise.resolve(root.unmount()));
  client.destroy();
}

describe("the first render in the browser", () => {
  it(`is the server's, for ${RULESETS} rulesets, and the next one the client's`, async () => {
    const complaints = vi.spyOn(console, "error");
    await fc.assert(fc.asyncProperty(snapshots, contexts, hydrated), { numRuns: RULESETS });
    expect(complaints).not.toHaveBeenCalled();
    complaints.mockRestore();
  }, 120_000);
});

describe("a thousand components that read a flag each", () => {
  it("render once more, one of them, when one flag changes", async () => {
    const keys = Array.from({ length: 1_000 }, (_, i) => `flag-${i}`);
    const clock = createManualClock();
    const server = createFakeSyncServer(clock);
    server.commit(keys.map((key) => ({ key, type: "string", defaultValue: "old" })));
    const client = createRolleaseClient({ baseUrl: BASE_URL, store: createMemoryStore(), fetch: server.fetch, clock });
    await client.ready();
    let renders = 0;
    const Reader = ({ name }: { readonly name: string }): ReactElement => (renders++, (<i>{useFlag(name, "").value}</i>));
    const container = document.createElement("div");
    const root = createRoot(container);
    await act(() =>
      Promise.resolve(
        root.render(
          <RolleaseProvider client={client}>
            {keys.map((key) => (
              <Reader key={key} name={key} />
            ))}
          </RolleaseProvider>,
        ),
      ),
    );
    server.commit([{ key: "flag-7", type: "string", defaultValue: "new" }]);
    await act(() => client.refetch());
    expect(container.querySelectorAll("i")[7]?.textContent).toBe("new");
    expect(renders).toBe(1_001);
    await act(() => Promise.resolve(root.unmount()));
    client.destroy();
  }, 60_000);
});
