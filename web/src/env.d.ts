/// <reference types="vite/client" />

// Style entries of Element Plus are side effects without declarations.
declare module 'element-plus/es/components/message/style/css.mjs'
