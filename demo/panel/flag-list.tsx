import type { ReactElement } from "react";
import { useFlagDetails } from "rollease/react";
import { useDefinitions } from "../state/definitions";
import { FlagCard } from "./flag-card";
import { GUIDE } from "./flag-guide";

/** Every flag, what it is for this visitor, and why. */
export function FlagList(): ReactElement {
  const details = useFlagDetails();
  const readOnly = useDefinitions(({ flags }) => Object.keys(flags).length === 0);
  const told = Object.keys(GUIDE).filter((key) => key in details);
  const keys = [...told, ...Object.keys(details).filter((key) => !(key in GUIDE))];
  return (
    <section className="panel-section" aria-labelledby="flags">
      <h3 id="flags">Flags</h3>
      {readOnly && <p className="note">Editing needs the server. Evaluation does not.</p>}
      <ul className="flags">
        {keys.map((key, index) => (
          <FlagCard key={key} flagKey={key} opened={index === 0} />
        ))}
      </ul>
    </section>
  );
}
