ALTER TABLE orders ADD COLUMN gift_note TEXT;
-- undo
ALTER TABLE orders DROP COLUMN gift_note;
