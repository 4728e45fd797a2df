import { Component, useRef, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { shrinkPhoto } from "./photo";

/** A photo as large as the screen. */
export class PhotoDialog extends Component {
    static template = "helpdesk_ticketing.PhotoDialog";
    static components = { Dialog };
    static props = { photo: Object, close: Function };
}

/** Photos of the place: taken, made small on the device, and queued like everything else. */
export class PhotoList extends Component {
    static template = "helpdesk_ticketing.PhotoList";
    static props = { photos: Array, isReadonly: Boolean, add: Function };

    setup() {
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.cameraRef = useRef("camera");
        this.filesRef = useRef("files");
        this.state = useState({ busy: false });
    }

    open(photo) {
        this.dialog.add(PhotoDialog, { photo });
    }

    async onFiles(ev) {
        const files = [...ev.target.files];
        ev.target.value = ""; // so that the same one may be chosen again
        this.state.busy = true;
        try {
            for (const file of files) {
                await this.addPhoto(file);
            }
        } finally {
            this.state.busy = false;
        }
    }

    async addPhoto(file) {
        let data;
        try {
            data = await shrinkPhoto(file);
        } catch {
            this.notification.add(_t("%s is no picture that this device can read.", file.name), { type: "danger" });
            return;
        }
        const name = `${file.name.replace(/\.[^.]*$/, "") || "photo"}.jpg`;
        await this.props.add({ name, data });
    }
}
