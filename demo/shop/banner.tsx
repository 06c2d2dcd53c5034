import type { ReactElement } from "react";
import { useFlag } from "rollease/react";

export interface BannerContent {
  readonly text: string;
  readonly tone: "calm" | "glad" | "urgent";
}

const PLAIN: BannerContent = { text: "", tone: "calm" };

/** The line above everything, from the json flag `banner`. Its room is kept where it has nothing to say. */
export function Banner(): ReactElement {
  const { value } = useFlag<BannerContent>("banner", PLAIN);
  return (
    <p className="banner" data-tone={value.tone} data-testid="shop-banner">
      {value.text}
    </p>
  );
}
