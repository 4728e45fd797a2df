const VERSION = 1;
const OPERATIONS = "operations";
const KEPT = "kept";

function settle(request) {
    return new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
    });
}

function finish(transaction) {
    return new Promise((resolve, reject) => {
        transaction.oncomplete = () => resolve();
        transaction.onerror = () => reject(transaction.error);
        transaction.onabort = () => reject(transaction.error); // no room left
    });
}

/**
 * What is kept on the device: the operations that wait, and the last day received.
 *
 * Core's own store is a cache that is emptied with each new version and when it grows: nothing may be lost here.
 */
export class DeviceStore {
    constructor(name) {
        this.name = name;
    }

    async _open() {
        const request = window.indexedDB.open(this.name, VERSION);
        request.onupgradeneeded = () => {
            request.result.createObjectStore(OPERATIONS, { keyPath: "uuid" });
            request.result.createObjectStore(KEPT);
        };
        const database = await settle(request);
        database.onversionchange = () => this.close(); // a newer page wants to change it
        database.onclose = () => (this.database = null);
        return database;
    }

    /** Telephones close databases behind our back: one more attempt with a new connection. */
    async _transaction(table, mode) {
        this.database ??= await this._open();
        try {
            return this.database.transaction(table, mode, { durability: "strict" });
        } catch {
            this.database = await this._open();
            return this.database.transaction(table, mode, { durability: "strict" });
        }
    }

    async _write(table, work) {
        const transaction = await this._transaction(table, "readwrite");
        work(transaction.objectStore(table));
        return finish(transaction);
    }

    async all() {
        const transaction = await this._transaction(OPERATIONS, "readonly");
        return settle(transaction.objectStore(OPERATIONS).getAll());
    }

    put(operations) {
        return this._write(OPERATIONS, (table) => operations.forEach((operation) => table.put(operation)));
    }

    remove(uuids) {
        return this._write(OPERATIONS, (table) => uuids.forEach((uuid) => table.delete(uuid)));
    }

    keep(key, value) {
        return this._write(KEPT, (table) => table.put(value, key));
    }

    async kept(key) {
        const transaction = await this._transaction(KEPT, "readonly");
        return settle(transaction.objectStore(KEPT).get(key));
    }

    close() {
        this.database?.close();
        this.database = null;
    }
}

/** The same without a device that keeps anything: a private window, or no room left. */
export class MemoryStore {
    constructor() {
        this.operations = new Map();
        this.values = new Map();
    }

    async all() {
        return [...this.operations.values()];
    }

    async put(operations) {
        operations.forEach((operation) => this.operations.set(operation.uuid, operation));
    }

    async remove(uuids) {
        uuids.forEach((uuid) => this.operations.delete(uuid));
    }

    async keep(key, value) {
        this.values.set(key, value);
    }

    async kept(key) {
        return this.values.get(key);
    }

    close() {}
}
