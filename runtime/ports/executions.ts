/** Executions of a team's state machines. Only the waker starts any. */
export interface Executions {
  /**
   * Starts one under a name of its own; false where an execution of that name was started before, whatever became
   * of it. So the same wake-up delivered twice starts one.
   *
   * @param machine the pipeline, or `_gold`
   * @param name letters, digits, `-` and `_`, 80 at most
   * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
   */
  start(machine: string, name: string, input: unknown): Promise<boolean>;
}
