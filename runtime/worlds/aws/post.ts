/** Posts JSON over HTTP, and gives the status of the answer. */
export async function openPost(): Promise<(url: string, body: unknown) => Promise<number>> {
  return (await import("#adapters/post")).post;
}
