import type { ReactElement } from "react";
import type { Flag } from "rollease";
import { admin } from "../../state/admin-api";
import { save } from "../../state/definitions";
import { Segmented, Slider } from "../controls";
import { GUIDE } from "../flag-guide";
import { written } from "../in-words";
import { useDraft } from "../use-draft";

type Json = NonNullable<Flag["defaultValue"]>;

interface FieldsProps {
  readonly value: Record<string, Json>;
  readonly onChange: (value: Json) => void;
}

/** The fields of the banner, in place of raw JSON. */
function BannerFields({ value, onChange }: FieldsProps): ReactElement {
  return (
    <>
      <label className="field">
        Text
        <input type="text" value={written(value.text)} onChange={(event) => onChange({ ...value, text: event.target.value })} />
      </label>
      <Segmented
        label="Tone"
        options={["calm", "glad", "urgent"]}
        value={written(value.tone)}
        onChange={(tone) => onChange({ ...value, tone })}
      />
    </>
  );
}

/** What a flag serves when nothing else decides. */
export function ValueEditor({ flag }: { flag: Flag }): ReactElement | null {
  const [value, change] = useDraft<Json | null>(flag.defaultValue ?? null, (next) =>
    save(() => admin.update(flag.key, { defaultValue: next })),
  );
  const { choices, range = [0, 100] } = GUIDE[flag.key] ?? {};
  if (flag.type === "boolean") {
    return (
      <Segmented
        label="Default"
        options={["on", "off"]}
        value={value ? "on" : "off"}
        onChange={(next) => change(next === "on")}
      />
    );
  }
  if (flag.type === "number") {
    const [min, max] = range;
    return <Slider label="Value" min={min} max={max} value={Number(value)} onChange={change} testId={`value-${flag.key}`} />;
  }
  if (flag.type === "string" && choices) {
    return <Segmented label="Default" options={choices} value={written(value)} onChange={change} />;
  }
  if (flag.type === "json" && typeof value === "object" && value && "tone" in value) {
    return <BannerFields value={value as Record<string, Json>} onChange={change} />;
  }
  return null;
}
