import { useId } from "react";
import type { ReactElement } from "react";

interface SegmentedProps {
  readonly label: string;
  readonly options: readonly string[];
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** A choice of a few, as radio buttons side by side. */
export function Segmented({ label, options, value, onChange }: SegmentedProps): ReactElement {
  const name = useId();
  return (
    <fieldset className="segmented">
      <legend>{label}</legend>
      <div>
        {options.map((option) => (
          <label key={option}>
            <input type="radio" name={name} value={option} checked={option === value} onChange={() => onChange(option)} />
            <span>{option}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

interface SwitchProps {
  readonly label: string;
  readonly on: boolean;
  readonly onChange: (on: boolean) => void;
  readonly testId?: string;
  /** Says the label to screen readers alone. */
  readonly bare?: boolean;
}

export function Switch({ label, on, onChange, testId, bare }: SwitchProps): ReactElement {
  return (
    <label className="switch">
      <span className={bare ? "unseen" : undefined}>{label}</span>
      <input
        type="checkbox"
        role="switch"
        checked={on}
        data-testid={testId}
        onChange={(event) => onChange(event.target.checked)}
      />
    </label>
  );
}

interface SliderProps {
  readonly label: string;
  readonly value: number;
  readonly min?: number;
  readonly max?: number;
  readonly unit?: string;
  readonly onChange: (value: number) => void;
  readonly testId?: string;
}

export function Slider({ label, value, min = 0, max = 100, unit = "", onChange, testId }: SliderProps): ReactElement {
  const id = useId();
  return (
    <div className="slider">
      <label htmlFor={id}>{label}</label>
      <output htmlFor={id}>
        {value}
        {unit}
      </output>
      <input
        id={id}
        type="range"
        min={min}
        max={max}
        value={value}
        data-testid={testId}
        style={{ "--share": `${((value - min) / (max - min)) * 100}%` } as React.CSSProperties}
        onChange={(event) => onChange(event.target.valueAsNumber)}
      />
    </div>
  );
}
