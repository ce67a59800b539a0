// What Slack accepts as a message and as a dialog. `make slack-schema` generates block-kit-schema.json from it.
import type { KnownBlock, ModalView } from "@slack/types";

export type Blocks = KnownBlock[];
export type Dialog = Omit<ModalView, "blocks"> & { blocks: KnownBlock[] };
