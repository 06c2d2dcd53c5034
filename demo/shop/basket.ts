import { create } from "zustand";
import { client } from "../state/client";
import type { Coffee } from "./catalogue";

interface Basket {
  readonly bags: number;
  readonly total: number;
  readonly paid: boolean;
}

/** Starts with two bags, so that there is something to check out. */
export const useBasket = create<Basket>(() => ({ bags: 2, total: 30.5, paid: false }));

export function addToBasket({ id, price }: Coffee): void {
  useBasket.setState(({ bags, total }) => ({ bags: bags + 1, total: total + price, paid: false }));
  client.track("added_to_basket", { value: price, metadata: { coffee: id } });
}

export function pay(): void {
  client.track("checkout_completed", { value: useBasket.getState().total });
  useBasket.setState({ bags: 0, total: 0, paid: true });
}
