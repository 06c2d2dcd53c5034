import type { ReactElement } from "react";
import { becomeVisitor } from "../state/client";
import { COUNTRIES, PERSONAS, newVisitor, useVisitor } from "../state/visitor";
import { Segmented, Switch } from "./controls";

function Personas(): ReactElement {
  const current = useVisitor(({ userId }) => userId);
  return (
    <div className="personas" role="group" aria-label="Visitor">
      {PERSONAS.map((persona) => (
        <button
          key={persona.userId}
          type="button"
          className="persona"
          data-testid={`persona-${persona.userId}`}
          aria-pressed={current === persona.userId}
          onClick={() => void becomeVisitor(persona)}
        >
          <span className="avatar" aria-hidden="true">
            {persona.name[0]}
          </span>
          <b>{persona.name}</b>
          <small>{persona.about}</small>
        </button>
      ))}
      <button
        type="button"
        className="persona"
        data-testid="persona-new"
        aria-pressed={current.startsWith("guest-")}
        onClick={() => void becomeVisitor(newVisitor())}
      >
        <span className="avatar" aria-hidden="true">
          +
        </span>
        <b>New</b>
        <small>Anyone</small>
      </button>
    </div>
  );
}

/** Whom the shop is drawn for. */
export function VisitorSection(): ReactElement {
  const visitor = useVisitor();
  return (
    <section className="panel-section" aria-labelledby="visitor">
      <h3 id="visitor">
        Visitor <code data-testid="visitor-id">{visitor.userId}</code>
      </h3>
      <Personas />
      <div className="attributes">
        <label className="field">
          <span>Country</span>
          <select
            value={visitor.country}
            data-testid="attribute-country"
            onChange={(event) => void becomeVisitor({ ...visitor, country: event.target.value })}
          >
            {Object.entries(COUNTRIES).map(([code, name]) => (
              <option key={code} value={code}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <Segmented
          label="Plan"
          options={["free", "club"]}
          value={visitor.plan}
          onChange={(plan) => void becomeVisitor({ ...visitor, plan: plan as "free" | "club" })}
        />
        <Switch
          label="Beta"
          on={visitor.beta}
          onChange={(beta) => void becomeVisitor({ ...visitor, beta })}
          testId="attribute-beta"
        />
      </div>
    </section>
  );
}
