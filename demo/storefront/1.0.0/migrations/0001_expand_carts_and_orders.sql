CREATE TABLE carts (
    shopper TEXT PRIMARY KEY,
    lines TEXT NOT NULL
);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    shopper TEXT NOT NULL,
    lines TEXT NOT NULL,
    total INTEGER NOT NULL
);
-- undo
DROP TABLE orders;
DROP TABLE carts;
