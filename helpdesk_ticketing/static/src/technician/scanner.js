import { loadJS } from "@web/core/assets";
import { isBarcodeScannerSupported } from "@web/core/barcode/barcode_video_scanner";

// What core's scanner loads when it opens, where the browser reads no codes itself: as on an iPhone.
const READER = "/web/static/lib/zxing-library/zxing-library.js";

/** Have at hand what the scanner needs, before there is no network to get it. */
export async function prepareScanner() {
    if (isBarcodeScannerSupported() && !("BarcodeDetector" in window)) {
        await loadJS(READER);
    }
}
