import java.io.FileInputStream;
import java.util.Properties;
import java.util.StringJoiner;

/** The properties in `file`, as JSON. */
public class Read {
    static String hex(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (char unit : text.toCharArray()) {
            out.append(String.format("\\u%04x", (int) unit));
        }
        return out.append('"').toString();
    }

    public static void main(String[] arguments) throws Exception {
        Properties properties = new Properties();
        properties.load(new FileInputStream("file"));
        StringJoiner out = new StringJoiner(",", "{", "}");
        for (String name : properties.stringPropertyNames()) {
            out.add(hex(name) + ":" + hex(properties.getProperty(name)));
        }
        System.out.println(out);
    }
}
