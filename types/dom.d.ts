/** puppeteer-core is typed against the globals of a browser. The tests pass code as text only, so their members do not matter. */
declare interface Node {
  readonly nodeType: number;
}
declare interface Element extends Node {}
declare interface HTMLElement extends Element {}
declare interface HTMLFormElement extends HTMLElement {}
declare interface HTMLIFrameElement extends HTMLElement {}
declare interface HTMLInputElement extends HTMLElement {}
declare interface HTMLLinkElement extends HTMLElement {}
declare interface HTMLScriptElement extends HTMLElement {}
declare interface HTMLStyleElement extends HTMLElement {}
declare interface HTMLElementTagNameMap {
  readonly a: HTMLElement;
}
declare interface SVGElementTagNameMap {
  readonly a: Element;
}
