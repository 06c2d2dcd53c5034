/** A numbered requirement of section 2 of OpenFeature's specification, in our words, and the tests that show it. */
export interface Requirement {
  readonly id: string;
  readonly level: "must" | "must not" | "should" | "may";
  readonly says: string;
  /** Each as the file beside this one, without `.test.ts`, and the test's own name. */
  readonly shownBy: readonly (readonly [file: string, test: string])[];
}

const evaluation = "evaluation-scenarios";
const server = "server-provider";
const web = "web-provider";

/** Section 2, "Provider". Numbers that are mere conditions (2.2.2, 2.2.8, 2.4.2) hold for TypeScript and have their parts here. */
export const REQUIREMENTS: readonly Requirement[] = [
  {
    id: "2.1.1",
    level: "must",
    says: "There is a `metadata` with a `name`.",
    shownBy: [
      [server, "is named, and says where it belongs"],
      [web, "is named, and says where it belongs: with one domain"],
    ],
  },
  {
    id: "2.2.1",
    level: "must",
    says: "Values are resolved by flag key, default value and context.",
    shownBy: [
      [evaluation, "target by several attributes at once"],
      [evaluation, "target by the targeting key, and miss without one"],
    ],
  },
  {
    id: "2.2.2.1",
    level: "must",
    says: "There is a way to resolve each type: boolean, number, string, structure.",
    shownBy: [
      [evaluation, "resolve values: %s %s"],
      ["provider-types", "are of the types that the SDK for servers has"],
      ["provider-types", "are of the types that the SDK for pages has"],
    ],
  },
  {
    id: "2.2.3",
    level: "must",
    says: "`value` is the resolved value.",
    shownBy: [
      [evaluation, "resolve values: %s %s"],
      [evaluation, "resolve zero values, which are values: %s %s"],
    ],
  },
  {
    id: "2.2.4",
    level: "should",
    says: "`variant` names the value.",
    shownBy: [[evaluation, "have the flag's key, its variant and why"]],
  },
  {
    id: "2.2.5",
    level: "should",
    says: "`reason` says why.",
    shownBy: [
      [server, "says in OpenFeature's words why"],
      [web, "gives STALE as the reason of what is out of date"],
    ],
  },
  {
    id: "2.2.6",
    level: "must not",
    says: "There is no error code where nothing went wrong.",
    shownBy: [[evaluation, "resolve values: %s %s"]],
  },
  {
    id: "2.2.7",
    level: "must",
    says: "What goes wrong has an error code.",
    shownBy: [
      [evaluation, "answer the default for a flag that is not found: %s %j"],
      [evaluation, "answer the default where the type is another: %s as %s"],
      [evaluation, "want a targeting key where a flag divides users"],
      [server, "fails with a code and a message, and with nothing else besides"],
      [server, "fails as GENERAL where a hook of rollease's refuses"],
      [web, "is not ready before it is initialized"],
      ["context", "is refused with %s, by the field's name"],
    ],
  },
  {
    id: "2.2.8.1",
    level: "should",
    says: "Details are generic in their value.",
    shownBy: [["provider-types", "are of the types that the SDK for servers has"]],
  },
  {
    id: "2.2.9",
    level: "should",
    says: "There is flag metadata.",
    shownBy: [
      [server, "adds the rule, the flag's version and the ruleset's checkpoint as metadata"],
      [web, "tells of changes with the flags that come out otherwise"],
    ],
  },
  {
    id: "2.2.10",
    level: "must",
    says: "Flag metadata has text for keys, and booleans, text and numbers for values.",
    shownBy: [["scenarios", "return text, numbers and nothing else, which cannot be changed"]],
  },
  {
    id: "2.3.1",
    level: "must",
    says: "A provider may bring hooks.",
    shownBy: [
      ["scenarios", "run where the provider brings them, in the order of the specification"],
      [web, "adds the hooks that it is given"],
    ],
  },
  {
    id: "2.3.2",
    level: "must not",
    says: "There is no error message where nothing went wrong.",
    shownBy: [[evaluation, "resolve values: %s %s"]],
  },
  {
    id: "2.3.3",
    level: "may",
    says: "An error message says more of what went wrong.",
    shownBy: [
      [evaluation, "answer the default for a flag that is not found: %s %j"],
      [server, "fails with a code and a message, and with nothing else besides"],
    ],
  },
  {
    id: "2.4.1",
    level: "may",
    says: "It is initialized with the global context.",
    shownBy: [
      [web, "takes OpenFeature's context for the client's, from the start"],
      [server, "is ready when there is a ruleset, and leaves rollease open when it is closed"],
    ],
  },
  {
    id: "2.4.2.1",
    level: "should",
    says: "Initializing fails where it does not make the provider ready; for good, with PROVIDER_FATAL.",
    shownBy: [
      [server, "is in error without a database, says why, and is ready by itself when there is one"],
      [web, "is in error without a ruleset, answers defaults, and is ready when there is one"],
      [web, "is beyond help where the server refuses the client, and has told it nothing"],
    ],
  },
  {
    id: "2.5.1",
    level: "may",
    says: "It can be shut down.",
    shownBy: [
      [server, "records an event for the user, with its value and its details, dates as text"],
      [web, "closes in peace where the client is destroyed, or offline"],
    ],
  },
  {
    id: "2.5.2",
    level: "must",
    says: "Once shut down it is as before it was initialized.",
    shownBy: [
      [server, "is ready when there is a ruleset, and leaves rollease open when it is closed"],
      [web, "leaves the client open when it is closed, hears nothing more, and can be initialized again"],
    ],
  },
  {
    id: "2.6.1",
    level: "may",
    says: "It is told of another context.",
    shownBy: [
      [web, "reconciles with another context, and tells no change of the configuration"],
      [web, "is in error, and keeps the client's context, where the new one is none"],
    ],
  },
  {
    id: "2.7.1",
    level: "may",
    says: "It tracks events, by name, context and details.",
    shownBy: [
      [server, "records an event for the user, with its value and its details, dates as text"],
      [web, "gives the client's outbox what is tracked"],
    ],
  },
];
