interface Guide {
  readonly title: string;
  /** What a string flag may say. */
  readonly choices?: readonly string[];
  /** The bounds of a number flag. */
  readonly range?: readonly [min: number, max: number];
  readonly dated?: boolean;
}

/** What the shop's flags are to a reader, in the order of telling. Flags that others make are shown after them. */
export const GUIDE: Readonly<Record<string, Guide>> = {
  "new-checkout": { title: "New checkout" },
  "pricing-experiment": { title: "Pricing experiment" },
  theme: { title: "Accent", choices: ["ember", "tide", "moss", "plum"] },
  "max-items": { title: "Coffees shown", range: [1, 9] },
  banner: { title: "Banner" },
  "vip-perks": { title: "Member perks" },
  "spring-promo": { title: "Spring promotion", dated: true },
  "gift-wrap": { title: "Gift wrapping" },
  "chat-widget": { title: "Chat" },
};
