import { comesToLife, givenProject } from "./life.ts";

describe("the dev environment in the real engine", () => {
  const life = givenProject("dev");
  comesToLife(life);
});
