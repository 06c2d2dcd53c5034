import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RolleaseProvider } from "rollease/react";
import { ControlPanel } from "./panel/control-panel";
import { Shop } from "./shop/shop";
import { client } from "./state/client";
import { keepPage } from "./state/keep-page";

// On a first visit there is nothing to draw with yet; every other one paints from what was kept.
if (client.status().checkpoint === null) await client.ready();

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <RolleaseProvider client={client}>
      <div className="page">
        <Shop />
        <ControlPanel />
      </div>
    </RolleaseProvider>
  </StrictMode>,
);

keepPage().catch((error: unknown) => console.warn("This page will not open offline.", error));
