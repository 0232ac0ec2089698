// The nonce of this page, for libraries that make <style> elements at run time. Empty in development.
export function pageNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? "";
}
