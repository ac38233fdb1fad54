// The preset that PostGraphile's documentation gives for production: Amber, no GraphiQL, no watching, the pg adaptor.
import { makePgService } from "postgraphile/adaptors/pg";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

import { plugins } from "./plugins.mjs";

export default {
  extends: [PostGraphileAmberPreset],
  plugins,
  // Plain lists beside connections, since they cost less where nobody pages.
  schema: { defaultBehavior: "+connection +list", dontSwallowErrors: true },
  pgServices: [
    makePgService({
      ...connection(process.env.DATABASE_URL),
      schemas: ["public", "postgraphile_peer"],
    }),
  ],
  grafserv: { port: Number(process.env.PORT), host: "127.0.0.1", graphiql: false, watch: false },
  grafast: { explain: false },
};

function connection(url) {
  return {
    connectionString: url,
    poolConfig: { max: Number(process.env.POOL), min: Number(process.env.POOL), options: "-c jit=off -c max_parallel_workers_per_gather=0" },
  };
}
