/** What Nest knows the parts of the module by. */
export const SETTINGS = Symbol("rollease.nestjs.settings");
export const EMITTER = Symbol("rollease.nestjs.emitter");
export const OPEN = Symbol("rollease.nestjs.open");
export const REQUESTS = Symbol("rollease.nestjs.requests");
