/** Whether this is the build that stands alone in one file: it reads what is embedded in it, and has no live lab. */
declare const __REPORT__: boolean;

/** Version of bridgescope that built the page. */
declare const __VERSION__: string;
