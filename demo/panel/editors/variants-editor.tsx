import type { ReactElement } from "react";
import type { Flag, Variant } from "rollease";
import { admin } from "../../state/admin-api";
import { save } from "../../state/definitions";
import { Slider } from "../controls";
import { useDraft } from "../use-draft";

/** How the visitors are divided. Weights are shares of their sum. */
export function VariantsEditor({ flag, variants }: { flag: Flag; variants: readonly Variant[] }): ReactElement {
  const [shown, change] = useDraft(variants, (value) => save(() => admin.update(flag.key, { variants: value })));
  const set = (key: string, weight: number): void =>
    change(shown.map((variant) => (variant.key === key ? { ...variant, weight } : variant)));
  return (
    <>
      {shown.map(({ key, name, weight }) => (
        <Slider
          key={key}
          label={name ?? key}
          // All zero is no division at all, and refused.
          min={1}
          value={weight}
          onChange={(value) => set(key, value)}
          testId={`weight-${flag.key}-${key}`}
        />
      ))}
      {flag.rollout?.sticky && <p className="note">Sticky: weights decide for new visitors alone.</p>}
    </>
  );
}
