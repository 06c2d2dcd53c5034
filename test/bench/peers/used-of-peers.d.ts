/**
 * What is used of the peers. They are installed by the benchmark alone; so declared, everything here is checked
 * whether they are there or not. That the calls do what is expected of them is checked before anything is timed.
 */

declare module "@growthbook/growthbook" {
  export interface UserContext {
    readonly attributes: Readonly<Record<string, unknown>>;
  }
  export interface FeatureResult {
    readonly value: unknown;
  }
  export interface FeatureApiResponse {
    readonly features: Readonly<Record<string, unknown>>;
  }
  export class GrowthBookClient {
    initSync(options: { readonly payload: FeatureApiResponse }): GrowthBookClient;
    getFeatures(): Readonly<Record<string, unknown>>;
    evalFeature(key: string, userContext: UserContext): FeatureResult;
  }
}

declare module "unleash-client" {
  import type { EventEmitter } from "node:events";

  export interface Context {
    readonly userId?: string | undefined;
    readonly properties: Readonly<Record<string, unknown>>;
  }
  export interface Variant {
    readonly name: string;
  }
  export interface FeatureInterface {
    readonly name: string;
    readonly variants?: readonly unknown[];
  }
  export class InMemStorageProvider {
    get(key: string): Promise<unknown>;
  }
  export class Unleash extends EventEmitter {
    constructor(config: {
      readonly appName: string;
      readonly url: string;
      readonly refreshInterval: number;
      readonly disableMetrics: boolean;
      readonly skipInstanceCountWarning: boolean;
      readonly storageProvider: InMemStorageProvider;
      readonly bootstrap: { readonly data: readonly FeatureInterface[] };
    });
    isEnabled(name: string, context: Context): boolean;
    getVariant(name: string, context: Context): Variant;
    getFeatureToggleDefinitions(): readonly FeatureInterface[];
  }
}

declare module "@launchdarkly/node-server-sdk" {
  export interface LDLogger {
    error(...message: readonly unknown[]): void;
  }
  export interface LDContext {
    readonly kind: string;
    readonly key: string;
    readonly [attribute: string]: unknown;
  }
  export interface LDEvaluationDetail {
    readonly value: unknown;
  }
  export interface LDFlagsState {
    allValues(): Readonly<Record<string, unknown>>;
  }
  export interface LDClient {
    waitForInitialization(options: { readonly timeout: number }): Promise<LDClient>;
    variationDetail(key: string, context: LDContext, defaultValue: unknown): Promise<LDEvaluationDetail>;
    allFlagsState(context: LDContext, options: { readonly withReasons: boolean }): Promise<LDFlagsState>;
  }
  export function basicLogger(options: { readonly level: "none" }): LDLogger;
  export function init(
    sdkKey: string,
    options: {
      readonly updateProcessor: unknown;
      readonly sendEvents: boolean;
      readonly diagnosticOptOut: boolean;
      readonly logger: LDLogger;
    },
  ): LDClient;
}

declare module "@launchdarkly/node-server-sdk/integrations" {
  export class TestData {
    usePreconfiguredFlag(flag: unknown): Promise<unknown>;
    getFactory(): unknown;
  }
}

declare module "@openfeature/flagd-core" {
  export interface ResolutionDetails {
    readonly value: unknown;
  }
  export interface EvaluationDetails extends ResolutionDetails {
    readonly flagKey: string;
  }
  export type EvaluationContext = Readonly<Record<string, unknown>>;
  export class FlagdCore {
    setConfigurations(flagConfig: string): readonly string[];
    resolveBooleanEvaluation(key: string, defaultValue: boolean, context: EvaluationContext): ResolutionDetails;
    resolveStringEvaluation(key: string, defaultValue: string, context: EvaluationContext): ResolutionDetails;
    resolveAll(context: EvaluationContext): readonly EvaluationDetails[];
  }
}

declare module "@configcat/sdk" {
  export interface IUser {
    readonly identifier: string;
    readonly custom: Readonly<Record<string, unknown>>;
  }
  export interface IEvaluationDetails {
    readonly key: string;
    readonly value: unknown;
  }
  export interface IConfigCatClientSnapshot {
    getValueDetails(key: string, defaultValue: boolean | string, user: IUser): IEvaluationDetails;
  }
  export interface IConfigCatClient {
    waitForReady(): Promise<unknown>;
    snapshot(): IConfigCatClientSnapshot;
    getAllValueDetailsAsync(user: IUser): Promise<readonly IEvaluationDetails[]>;
  }
  export interface IConfigCatCache {
    get(key: string): string;
    set(key: string, value: string): void;
  }
  export const PollingMode: { readonly ManualPoll: number };
  export const LogLevel: { readonly Off: number };
  export function createConsoleLogger(level: number): unknown;
  export function getClient(
    sdkKey: string,
    mode: number,
    options: { readonly offline: boolean; readonly cache: IConfigCatCache; readonly logger: unknown },
  ): IConfigCatClient;
}

declare module "@featurevisor/sdk" {
  export type Context = Readonly<Record<string, unknown>>;
  export interface Evaluation {
    readonly type: "flag" | "variation" | "variable";
    readonly enabled?: boolean;
    readonly variation?: { readonly value: string };
  }
  export type EvaluatedFeatures = Readonly<Record<string, { readonly enabled: boolean; readonly variation?: string }>>;
  export interface FeaturevisorInstance {
    evaluateFlag(key: string, context: Context): Evaluation;
    evaluateVariation(key: string, context: Context): Evaluation;
    getAllEvaluations(context: Context): EvaluatedFeatures;
  }
  export function createInstance(options: { readonly datafile: string; readonly logLevel: "fatal" }): FeaturevisorInstance;
}
