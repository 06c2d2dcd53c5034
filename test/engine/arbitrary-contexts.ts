import fc from "fast-check";
import type { FlagContext } from "../../src/model/context";
import { formats } from "./arbitrary-places";
import { ENVIRONMENTS, mostOf, number, scalar, SEGMENT_KEYS, text, unit } from "./arbitrary-values";

const item = fc.oneof(scalar, fc.record({ label: text }));
const places = { release: formats.version, peer: formats.address, net: formats.network, when: formats.date };
const cart = mostOf({
  total: fc.oneof(number, scalar, fc.nat(10)),
  label: text,
  items: fc.array(item, { maxLength: 2 }),
  ...places,
});

const attributes = mostOf<Record<string, unknown>>({
  plan: fc.oneof({ weight: 8, arbitrary: scalar }, { weight: 1, arbitrary: fc.constant(null) }),
  age: fc.oneof(number, number, scalar, fc.constantFrom(12, 1e21, -0)),
  tags: fc.array(text, { maxLength: 3 }),
  cart: fc.oneof(scalar, cart, cart),
  carts: fc.array(fc.oneof(cart, cart, scalar), { maxLength: 3 }),
  ...places,
});
const shadowed = fc.record({ "cart.total": fc.oneof(scalar, fc.constant(null)) });

export const contexts: fc.Arbitrary<FlagContext> = mostOf<FlagContext>({
  userId: unit,
  userType: fc.constantFrom("internal", "beta", "pro"),
  environment: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...ENVIRONMENTS) },
    { weight: 1, arbitrary: fc.constant("elsewhere") },
  ),
  region: fc.constantFrom("EU", "us", "US"),
  version: formats.version,
  ip: formats.address,
  tenantId: fc.constantFrom("t1", "t2"),
  segments: fc.subarray([...SEGMENT_KEYS]),
  attributes: fc.oneof(
    { weight: 4, arbitrary: attributes },
    { weight: 1, arbitrary: fc.tuple(attributes, shadowed).map(([all, one]) => ({ ...all, ...one })) },
  ),
});
