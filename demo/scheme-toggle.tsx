import { useState } from "react";
import type { ReactElement } from "react";

const SCHEMES = ["auto", "light", "dark"] as const;
type Scheme = (typeof SCHEMES)[number];

const LABELS: Readonly<Record<Scheme, string>> = { auto: "As the system", light: "Light", dark: "Dark" };
const ICONS: Readonly<Record<Scheme, string>> = { auto: "◐", light: "☀", dark: "☾" };

/** Follows the system until it is told otherwise. `index.html` applies the choice before the first paint. */
export function SchemeToggle(): ReactElement {
  const [scheme, setScheme] = useState<Scheme>(() => (document.documentElement.dataset.scheme as Scheme | undefined) ?? "auto");
  const next = SCHEMES[(SCHEMES.indexOf(scheme) + 1) % SCHEMES.length] as Scheme;

  function choose(): void {
    document.documentElement.dataset.scheme = next;
    try {
      localStorage.setItem("orrery:scheme", next);
    } catch {
      // The choice then lasts until the reload.
    }
    setScheme(next);
  }

  return (
    <button
      type="button"
      className="icon-button"
      data-testid="scheme"
      aria-label={`Colours: ${LABELS[scheme]}. Change to: ${LABELS[next]}`}
      title={`Colours: ${LABELS[scheme]}`}
      onClick={choose}
    >
      <span aria-hidden="true">{ICONS[scheme]}</span>
    </button>
  );
}
