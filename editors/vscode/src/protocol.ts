/** What the server tells beside LSP: the objects of `codex.status`, `codex.usage`, `codex.models` and the commands. */

export interface Window {
  usedPercent: number;
  windowMinutes: number | null;
  /** Unix seconds. */
  resetsAt: number | null;
}

export interface Windows {
  primary: Window | null;
  secondary: Window | null;
}

export interface Status {
  state: 'signedOut' | 'signingIn' | 'signedIn' | 'external' | 'failed';
  account: { type: string; email: string | null; planType: string | null } | null;
  profile: string;
  store: string;
  model: string | null;
  completion: { trigger: string; paused: boolean; reason: string | null };
  usage: (Windows & { planType: string | null }) | null;
  latency: { firstTokenMs: number | null; totalMs: number | null };
  sandbox: boolean;
  version: string;
}

export interface Usage extends Windows {
  planType: string | null;
  credits: { hasCredits: boolean; unlimited: boolean; balance: string | null } | null;
  reached: string | null;
  others: (Windows & { limitId: string | null; name: string | null })[];
}

export interface Models {
  models: {
    slug: string;
    name: string;
    description: string;
    efforts: string[];
    contextWindow: number | null;
  }[];
  default: string;
  completion: { model: string; reasoningEffort: string | null };
}

export interface SignIn {
  loginId: string | null;
  method: string;
  authUrl?: string;
  verificationUrl?: string;
  userCode?: string;
}

export interface Answer {
  threadId: string;
  text: string;
}

/** `account/login/completed`. */
export interface SignInEnd {
  loginId: string | null;
  success: boolean;
  error: string | null;
}
