/** Takes what is being done and how long it may take, a sentence at a time. */
export type Report = (message: string) => void;
