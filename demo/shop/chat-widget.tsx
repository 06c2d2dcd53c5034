import { useState } from "react";
import type { ReactElement } from "react";
import { FeatureGate } from "rollease/react";

/** A line to the roastery that `chat-widget` can cut at once. It floats, so nothing moves when it goes. */
export function ChatWidget(): ReactElement {
  const [open, setOpen] = useState(false);
  return (
    <FeatureGate flag="chat-widget">
      <div className="chat" data-testid="shop-chat">
        {open && (
          <p className="chat-bubble" role="status">
            Grind a little coarser, and tell us how it went.
          </p>
        )}
        <button type="button" className="chat-button" aria-expanded={open} onClick={() => setOpen(!open)}>
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <path d="M4 5h16v11H10l-5 4v-4H4z" fill="none" stroke="currentColor" strokeWidth="1.7" strokeLinejoin="round" />
          </svg>
          Ask a roaster
        </button>
      </div>
    </FeatureGate>
  );
}
