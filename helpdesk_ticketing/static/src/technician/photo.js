const LONGEST_SIDE = 1600;
const QUALITY = 0.8;

/** The picture of a file, turned as the camera was held. */
async function readPicture(file) {
    if (window.createImageBitmap) {
        return createImageBitmap(file, { imageOrientation: "from-image" });
    }
    const image = new Image();
    image.src = URL.createObjectURL(file);
    await image.decode();
    URL.revokeObjectURL(image.src);
    return image;
}

/** How large a picture is shown: its longer side has at most so many pixels. */
export function fit(width, height, longest = LONGEST_SIDE) {
    const scale = Math.min(1, longest / Math.max(width, height));
    return [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
}

/**
 * Make a photo small enough to be kept on a telephone and sent from a cellar.
 *
 * @param {File} file
 * @returns {Promise<string>} JPEG, base64
 */
export async function shrinkPhoto(file) {
    const picture = await readPicture(file);
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = fit(picture.width, picture.height);
    const context = canvas.getContext("2d");
    context.fillStyle = "white"; // what is transparent would be black
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.imageSmoothingQuality = "high";
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close?.();
    return canvas.toDataURL("image/jpeg", QUALITY).split(",")[1];
}
