// Mercurius on Fastify, with its JIT and loaders, and Redis between processes.
import { readFileSync } from "node:fs";

import Fastify from "fastify";
import mercurius from "mercurius";
import mqemitterRedis from "mqemitter-redis";

import { Account, loaders } from "./loaders.mjs";
import { Query, UserConnection, UserFacets } from "./reading.mjs";
import { Mutation, Subscription } from "./writing.mjs";

const schema = readFileSync(new URL("schema.graphql", import.meta.url), "utf8");
const resolvers = { Query, Mutation, Subscription, Account, UserConnection, UserFacets };

const app = Fastify();
await app.register(mercurius, {
  schema,
  resolvers,
  loaders,
  jit: 1,
  subscription: { emitter: mqemitterRedis(redis(process.env.REDIS_URL)) },
});
await app.listen({ host: "127.0.0.1", port: Number(process.env.PORT) });

function redis(url) {
  return url.startsWith("unix://") ? { path: url.slice("unix://".length) } : { connectionString: url };
}
