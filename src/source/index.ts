export {
  clonePath,
  fetchHead,
  type KnownHead,
  readCheckout,
  readKnownHead,
  readWithoutFetching,
  readWorkingTree,
  requireFolder,
} from "./fetch-tree.ts";
