import { environment } from "#firn";

/** A laptop. Addresses can be set by FIRN_CONNECTION_<NAME>; `npm start` does. */
export const local = environment({
  name: "local",
  connections: {
    learning_platform: "http://127.0.0.1:4310",
    orders_inbox: ".firn/inbox/orders",
  },
  retry: { attempts: 3, intervalSeconds: 2 },
  stageSecondsMax: 86_400,
  leaseSeconds: 60,
});
